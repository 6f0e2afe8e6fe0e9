from headrace._src.compat.files import get_data_files_path as get_data_files_path
from headrace._src.compat.files import get_path_to_datafile as get_path_to_datafile
from headrace._src.compat.files import readahead_file_path as readahead_file_path
