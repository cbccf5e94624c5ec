package dev.caas.kube;

import java.util.Set;

/**
 * Which namespaces the operator looks at.
 *
 * @param names the namespaces; empty means all
 */
public record WatchedNamespaces(Set<String> names) {
    public WatchedNamespaces {
        names = Set.copyOf(names);
    }

    /** Whether every namespace is watched. */
    public boolean all() {
        return names.isEmpty();
    }
}
