mod casework_matching;
