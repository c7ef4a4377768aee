/** Amazon Bedrock Converse. */
@org.jspecify.annotations.NullMarked
package dev.customhouse.dialect.bedrock;
