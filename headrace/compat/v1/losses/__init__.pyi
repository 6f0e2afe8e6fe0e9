from headrace._src.compat.losses import Reduction as Reduction
from headrace._src.compat.losses import absolute_difference as absolute_difference
from headrace._src.compat.losses import compute_weighted_loss as compute_weighted_loss
from headrace._src.compat.losses import huber_loss as huber_loss
from headrace._src.compat.losses import mean_squared_error as mean_squared_error
from headrace._src.compat.losses import sigmoid_cross_entropy as sigmoid_cross_entropy
from headrace._src.compat.losses import softmax_cross_entropy as softmax_cross_entropy
