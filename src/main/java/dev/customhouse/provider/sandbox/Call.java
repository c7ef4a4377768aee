package dev.customhouse.provider.sandbox;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * A request with a JSON body, as an operation gets it.
 *
 * @param body the body; read only
 * @param names where this request's ids come from
 * @param createdSeconds seconds since 1970, for what was made now
 */
record Call(ObjectNode body, Names names, long createdSeconds) {}
