from headrace._src.objects.trackable import AutoTrackable as AutoTrackable
from headrace._src.objects.trackable import Trackable as Trackable
from headrace._src.objects.trackable import no_automatic_dependency_tracking as no_automatic_dependency_tracking
from headrace._src.objects.trackable import sticky_attribute_assignment as sticky_attribute_assignment
