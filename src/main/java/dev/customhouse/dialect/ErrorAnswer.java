package dev.customhouse.dialect;

/** An error as a dialect writes it: the HTTP status and the JSON body. */
public record ErrorAnswer(int status, byte[] body) {}
