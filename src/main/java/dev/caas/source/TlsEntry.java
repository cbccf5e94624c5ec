package dev.caas.source;

import java.util.List;

/**
 * One place of an object that names a Secret to serve TLS from.
 *
 * @param where the place, as a person would point at it
 * @param hosts the names it is served for, as they are written; empty where none is
 */
record TlsEntry(String where, String secretName, List<String> hosts) {}
