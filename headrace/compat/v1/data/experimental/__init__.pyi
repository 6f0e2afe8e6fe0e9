from headrace._src.core.spec import TypeSpec as Structure
