from headrace._src.objects.lookup.mutable import DenseHashTable as DenseHashTable
from headrace._src.objects.lookup.mutable import MutableHashTable as MutableHashTable
