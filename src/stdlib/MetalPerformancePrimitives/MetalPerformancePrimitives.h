// Says that performance primitives are not there.
#error PyMetal has no performance primitives yet: <MetalPerformancePrimitives/MetalPerformancePrimitives.h> cannot be included, and __HAVE_TENSOR__ is not defined
