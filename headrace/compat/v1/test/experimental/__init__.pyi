from headrace._src.testing.decorators import sync_devices as sync_devices
