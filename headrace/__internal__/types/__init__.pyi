from headrace._src.objects.kinds import Tensor as Tensor
