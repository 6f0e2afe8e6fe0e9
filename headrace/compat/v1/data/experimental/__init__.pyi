from headrace._src.objects.optional import Optional as Optional
from headrace._src.objects.optional import OptionalSpec as OptionalStructure
from headrace._src.core.spec import TypeSpec as Structure
