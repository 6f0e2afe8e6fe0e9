from headrace._src.objects.lookup.initializers import KeyValueTensorInitializer as KeyValueTensorInitializer
from headrace._src.objects.lookup.tables import StaticHashTable as StaticHashTable
from headrace._src.objects.lookup.tables import StaticVocabularyTable as StaticVocabularyTable
from headrace._src.objects.lookup.initializers import TextFileIndex as TextFileIndex
from headrace._src.objects.lookup.initializers import TextFileInitializer as TextFileInitializer
from headrace.lookup import experimental as experimental
