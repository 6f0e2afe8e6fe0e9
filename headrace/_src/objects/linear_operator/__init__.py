"""Linear operators: matrices that are known by what they do. See operator.py.

The files of all structures are read together, for the algebra of any two needs to know them all.
"""

from headrace._src.objects.linear_operator import algebra as algebra
from headrace._src.objects.linear_operator import functions as functions
from headrace._src.objects.linear_operator import slicing as slicing
