package seal_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"tiaojie.dev/tiaojie/internal/seal"
)

func leavesOf(hash seal.TreeHash, n int) []seal.Digest {
	leaves := make([]seal.Digest, n)
	for i := range leaves {
		leaves[i] = hash.Leaf(fmt.Appendf(nil, "entry %d", i))
	}
	return leaves
}

// tlogTree is the same tree as another library makes it.
func tlogTree(t interface{ Fatal(...any) }, n int) (root func(size int) tlog.Hash, hashes tlog.HashReaderFunc) {
	var stored []tlog.Hash
	read := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		list := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			list[i] = stored[index]
		}
		return list, nil
	})
	for i := range n {
		added, err := tlog.StoredHashes(int64(i), fmt.Appendf(nil, "entry %d", i), read)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, added...)
	}
	return func(size int) tlog.Hash {
		hash, err := tlog.TreeHash(int64(size), read)
		if err != nil {
			t.Fatal(err)
		}
		return hash
	}, read
}

// Roots, inclusion and consistency proofs are those of another implementation, for every size and place up to seventy.
func TestTree_asTheTransparencyLog(t *testing.T) {
	const most = 70
	root, read := tlogTree(t, most)
	tree := seal.NewTree(seal.SHA256, leavesOf(seal.SHA256, most))
	edge, checked := seal.NewEdge(seal.SHA256), 0
	for size := 1; size <= most; size++ {
		edge.Append(seal.SHA256.Leaf(fmt.Appendf(nil, "entry %d", size-1)))
		if want := seal.Digest(root(size)); edge.Root() != want || tree.Root(int64(size)) != want || edge.Size() != int64(size) {
			t.Fatalf("root of %d leaves", size)
		}
		for place := range size {
			ours, err := tree.Inclusion(int64(place), int64(size))
			theirs, theirErr := tlog.ProveRecord(int64(size), int64(place), read)
			if err != nil || theirErr != nil || !same(ours, theirs) {
				t.Fatalf("inclusion of %d in %d: %v %v", place, size, err, theirErr)
			}
			if err := seal.SHA256.CheckInclusion(int64(place), int64(size), seal.SHA256.Leaf(fmt.Appendf(nil, "entry %d", place)), ours, edge.Root()); err != nil {
				t.Fatalf("inclusion of %d in %d: %v", place, size, err)
			}
			older := int64(place + 1)
			way, err := tree.Consistency(older, int64(size))
			theirWay, theirErr := tlog.ProveTree(int64(size), older, read)
			if err != nil || theirErr != nil || !same(way, theirWay) {
				t.Fatalf("consistency of %d with %d: %v %v", older, size, err, theirErr)
			}
			if err := seal.SHA256.CheckConsistency(older, int64(size), way, tree.Root(older), edge.Root()); err != nil {
				t.Fatalf("consistency of %d with %d: %v", older, size, err)
			}
			checked += 2
		}
	}
	t.Logf("%d proofs are the same", checked)
}

func same(ours []seal.Digest, theirs []tlog.Hash) bool {
	return slices.EqualFunc(ours, theirs, func(a seal.Digest, b tlog.Hash) bool { return a == seal.Digest(b) })
}

// Leaf and node of SM3 are those of the standard's own vectors and of the prefixes that keep them apart.
func TestTree_sm3(t *testing.T) {
	// GB/T 32905-2016, A.1: the digest of "abc"; the empty tree's root is the digest of nothing.
	if got := seal.NewEdge(seal.SM3).Root(); hex.EncodeToString(got[:]) != "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b" {
		t.Errorf("the empty tree's root is %x", got)
	}
	tree, edge := seal.NewTree(seal.SM3, leavesOf(seal.SM3, 21)), seal.NewEdge(seal.SM3)
	for _, leaf := range leavesOf(seal.SM3, 21) {
		edge.Append(leaf)
	}
	if tree.Root(21) != edge.Root() || edge.Root() == seal.NewTree(seal.SHA256, leavesOf(seal.SHA256, 21)).Root(21) {
		t.Error("the roots of tree and edge differ, or do not differ by hash")
	}
	proof, err := tree.Inclusion(20, 21)
	if err != nil || seal.SM3.CheckInclusion(20, 21, leavesOf(seal.SM3, 21)[20], proof, edge.Root()) != nil {
		t.Errorf("the last leaf is not proved: %v", err)
	}
}

// An edge that was written down and read grows as one that was not; what is no edge is refused.
func TestEdge_comesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size, more := rapid.IntRange(0, 200).Draw(t, "size"), rapid.IntRange(0, 50).Draw(t, "more")
		leaves := leavesOf(seal.SHA256, size+more)
		edge := seal.NewEdge(seal.SHA256)
		for _, leaf := range leaves[:size] {
			edge.Append(leaf)
		}
		read, err := seal.ReadEdge(seal.SHA256, int64(size), edge.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		for _, leaf := range leaves[size:] {
			edge.Append(leaf)
			read.Append(leaf)
		}
		if read.Root() != edge.Root() || read.Root() != seal.NewTree(seal.SHA256, leaves).Root(int64(len(leaves))) {
			t.Error("the roots differ")
		}
		if _, err := seal.ReadEdge(seal.SHA256, int64(size), append(edge.Bytes(), 0)); err == nil {
			t.Error("an edge with a byte more was read")
		}
	})
	if _, err := seal.ReadEdge("MD5", 0, nil); err == nil {
		t.Error("an unknown hash was taken")
	}
	if _, err := seal.ReadEdge(seal.SHA256, -1, nil); err == nil {
		t.Error("a negative size was taken")
	}
}

// A proof with any hash changed, removed or added, for another place or another size, proves nothing.
func TestProofs_changedProveNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.Int64Range(2, 100).Draw(t, "size")
		place := rapid.Int64Range(0, size-1).Draw(t, "place")
		leaves := leavesOf(seal.SHA256, int(size))
		tree := seal.NewTree(seal.SHA256, leaves)
		proof, err := tree.Inclusion(place, size)
		if err != nil {
			t.Fatal(err)
		}
		root := tree.Root(size)
		refused := func(what string, err error) {
			if !errors.Is(err, seal.ErrProof) {
				t.Errorf("%s: %v", what, err)
			}
		}
		other := rapid.Int64Range(0, size-1).Filter(func(n int64) bool { return n != place }).Draw(t, "other")
		refused("another leaf", seal.SHA256.CheckInclusion(place, size, leaves[other], proof, root))
		refused("no such place", seal.SHA256.CheckInclusion(size, size, leaves[place], proof, root))
		refused("a hash more", seal.SHA256.CheckInclusion(place, size, leaves[place], append(slices.Clone(proof), root), root))
		refused("a hash less", seal.SHA256.CheckInclusion(place, size, leaves[place], proof[1:], root))
		changed := slices.Clone(proof)
		changed[rapid.IntRange(0, len(proof)-1).Draw(t, "changed")][0] ^= 1
		refused("a hash changed", seal.SHA256.CheckInclusion(place, size, leaves[place], changed, root))
		older := rapid.Int64Range(1, size-1).Draw(t, "older")
		way, err := tree.Consistency(older, size)
		if err != nil {
			t.Fatal(err)
		}
		forged := tree.Root(older)
		forged[31] ^= 1
		refused("another old root", seal.SHA256.CheckConsistency(older, size, way, forged, root))
		refused("another new root", seal.SHA256.CheckConsistency(older, size, way, tree.Root(older), forged))
		refused("a way too short", seal.SHA256.CheckConsistency(older, size, way[:len(way)-1], tree.Root(older), root))
		refused("backwards", seal.SHA256.CheckConsistency(size, older, way, root, tree.Root(older)))
	})
}

// What is not in the tree is not proved.
func TestTree_outside(t *testing.T) {
	tree := seal.NewTree(seal.SHA256, leavesOf(seal.SHA256, 5))
	for _, c := range [][2]int64{{-1, 5}, {5, 5}, {0, 6}} {
		if _, err := tree.Inclusion(c[0], c[1]); err == nil {
			t.Errorf("leaf %d of %d was proved", c[0], c[1])
		}
	}
	for _, c := range [][2]int64{{-1, 5}, {5, 4}, {1, 6}} {
		if _, err := tree.Consistency(c[0], c[1]); err == nil {
			t.Errorf("the way from %d to %d was proved", c[0], c[1])
		}
	}
	empty := seal.NewEdge(seal.SHA256).Root()
	if err := seal.SHA256.CheckConsistency(0, 5, nil, empty, tree.Root(5)); err != nil {
		t.Errorf("every tree grows from nothing: %v", err)
	}
	if err := seal.SHA256.CheckConsistency(5, 5, nil, tree.Root(5), tree.Root(5)); err != nil {
		t.Errorf("a tree is consistent with itself: %v", err)
	}
}
