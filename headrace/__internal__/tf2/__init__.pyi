from headrace._src.objects.modes import enabled as enabled
