package reflectcodec

const MaxSpans = maxSpans
