from headrace._src.objects.lookup.initializers import KeyValueTensorInitializer as KeyValueTensorInitializer
from headrace._src.compat.lookup import StaticHashTable as StaticHashTable
from headrace._src.compat.lookup import StaticVocabularyTable as StaticVocabularyTable
from headrace._src.objects.lookup.initializers import TextFileIndex as TextFileIndex
from headrace._src.objects.lookup.initializers import TextFileInitializer as TextFileInitializer
from headrace.compat.v1.lookup import experimental as experimental
