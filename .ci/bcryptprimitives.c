/*
 * Go takes its random bytes from ProcessPrng of bcryptprimitives.dll, which Wine 8.0 does not have: without it no Go program starts.
 * This is that function by means of what Wine has, SystemFunction036 of advapi32.dll, also known as RtlGenRandom. .ci/run puts it into
 * the prefix in which tests for Windows run; nothing else uses it.
 */
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG length);

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length)
{
	while (length > 0) {
		ULONG part = length < 0x10000000 ? (ULONG)length : 0x10000000;
		if (!SystemFunction036(data, part))
			return FALSE;
		data += part;
		length -= part;
	}
	return TRUE;
}
