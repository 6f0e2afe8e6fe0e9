from headrace._src.testing.combinations import NamedObject as NamedObject
from headrace._src.testing.combinations import combine as combine
from headrace._src.testing.combinations import generate as generate
from headrace._src.testing.combinations import times as times
