@org.jspecify.annotations.NullMarked
package dev.caas.subscription;
