from headrace.compat.v1.lite import constants as constants
