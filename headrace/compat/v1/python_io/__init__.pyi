from headrace._src.files.tfrecord import TFRecordOptions as TFRecordOptions
from headrace._src.files.tfrecord import TFRecordWriter as TFRecordWriter
