from headrace._src.objects.modes import eager_mode as eager_mode
from headrace._src.objects.modes import get_device_name as get_device_name
