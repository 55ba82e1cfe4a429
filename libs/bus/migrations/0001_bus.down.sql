DROP TABLE scheduled;
DROP TABLE inbox;
