from headrace._src.function.function import Function as Function
