/**
 * Makes the CustomResourceDefinitions from the types in {@code dev.caas.api}.
 *
 * <p>Generated files are committed twice: in {@code crds/} for people who apply them by hand, and in the chart, which
 * cannot reach outside its directory. A test fails when either differs from what the types say; {@code ./dev crds}
 * writes both.
 */
@NullMarked
package dev.caas.crd;

import org.jspecify.annotations.NullMarked;
