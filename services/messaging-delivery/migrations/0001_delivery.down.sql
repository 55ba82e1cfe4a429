DROP TABLE attempt;
DROP TABLE delivery;
