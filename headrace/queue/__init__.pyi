from headrace._src.objects.queues import FIFOQueue as FIFOQueue
from headrace._src.objects.queues import PaddingFIFOQueue as PaddingFIFOQueue
from headrace._src.objects.queues import PriorityQueue as PriorityQueue
from headrace._src.objects.queues import QueueBase as QueueBase
from headrace._src.objects.queues import RandomShuffleQueue as RandomShuffleQueue
