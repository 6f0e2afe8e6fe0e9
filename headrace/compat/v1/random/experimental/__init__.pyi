from headrace._src.ops.algorithm import Algorithm as Algorithm
from headrace._src.objects.generator import Generator as Generator
from headrace._src.objects.generator import create_rng_state as create_rng_state
from headrace._src.objects.generator import get_global_generator as get_global_generator
from headrace._src.objects.generator import set_global_generator as set_global_generator
from headrace._src.ops.stateless_random import fold_in as stateless_fold_in
from headrace._src.ops.stateless_random import stateless_shuffle as stateless_shuffle
from headrace._src.ops.stateless_random import split as stateless_split
