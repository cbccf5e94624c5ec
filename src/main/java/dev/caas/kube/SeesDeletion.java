package dev.caas.kube;

/**
 * A reconciler that is called for objects that are being deleted, too, and once more when they are gone. It puts a
 * finalizer only on those whose deletion has work to do; java-operator-sdk's Cleaner would put one on all.
 */
public interface SeesDeletion {}
