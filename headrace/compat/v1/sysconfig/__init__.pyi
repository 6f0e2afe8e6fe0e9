from headrace._src.config.reports import get_build_info as get_build_info
