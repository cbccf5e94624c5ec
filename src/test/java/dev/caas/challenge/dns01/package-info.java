@org.jspecify.annotations.NullMarked
package dev.caas.challenge.dns01;
