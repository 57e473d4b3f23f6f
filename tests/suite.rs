mod casework_forms;
