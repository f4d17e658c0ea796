package main

import (
	"bytes"
	"encoding/hex"
	"testing"
)

func TestMessageLayoutByteForByte(t *testing.T) {
	message := make([]byte, 40)
	putPush(message, 1<<32+0x01020304, 0x1112131415161718, 0x2122232425262728, 0x31323334)
	want := "48460101" + "01020304" + "1112131415161718" + "2122232425262728" + "31323334" +
		// 01020304 ^ 11121314 ^ 15161718 ^ 31323334 ^ 48460100 ^ 1
		"7c72353d" + "0000000000000000"
	if got := hex.EncodeToString(message); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestCheckDoesNotCoverTheWrittenStamp(t *testing.T) {
	stamped, unstamped := make([]byte, 32), make([]byte, 32)
	putPush(stamped, 7, 8, 9, 10)
	putPush(unstamped, 7, 8, 0, 10)
	if !bytes.Equal(stamped[24:], unstamped[24:]) {
		t.Error("group or check differ")
	}
}
