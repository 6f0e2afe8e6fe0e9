from headrace._src.objects.dispatch import OpDispatcher as OpDispatcher
from headrace._src.objects.dispatch import add_dispatch_support as add_dispatch_support
