/**
 * The resource types of group {@code caas.dev}: what people write and what they read back, nothing else.
 *
 * <p>Field names are a contract (design.md section 2). A field is here only when some code honours it. Absent lists are
 * empty lists, absent optional values are {@code null}; defaults are the ones the generated CRD states. No type here
 * knows another room.
 */
@NullMarked
package dev.caas.api;

import org.jspecify.annotations.NullMarked;
