/** Tests of the codec of Chat Completions: requests, answers and streams as the wire has them. */
@NullMarked
package dev.customhouse.dialect.openaichat;

import org.jspecify.annotations.NullMarked;
