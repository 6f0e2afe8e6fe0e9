from headrace.__internal__.test import combinations as combinations
