from headrace._src.objects.asset import Asset as Asset
