from headrace._src.objects.extension_type.extension_type import as_dict as as_dict
