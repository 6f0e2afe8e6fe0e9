from headrace._src.numpy_api.random import poisson as poisson
from headrace._src.numpy_api.random import rand as rand
from headrace._src.numpy_api.random import randint as randint
from headrace._src.numpy_api.random import randn as randn
from headrace._src.numpy_api.random import random as random
from headrace._src.numpy_api.random import seed as seed
from headrace._src.numpy_api.random import standard_normal as standard_normal
from headrace._src.numpy_api.random import uniform as uniform
