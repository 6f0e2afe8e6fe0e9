from headrace._src.objects.forward_accumulator import ForwardAccumulator as ForwardAccumulator
from headrace._src.objects.gradient_tape import GradientTape as GradientTape
