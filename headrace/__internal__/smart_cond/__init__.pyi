from headrace._src.objects.smart_cond import smart_cond as smart_cond
