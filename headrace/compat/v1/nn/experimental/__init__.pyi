from headrace._src.ops.dropout import general_dropout as general_dropout
from headrace._src.ops.dropout import stateless_dropout as stateless_dropout
