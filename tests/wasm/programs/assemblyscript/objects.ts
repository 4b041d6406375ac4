// Classes, arrays, strings, maps and the garbage collector of the AssemblyScript runtime.
class Node {
  left: Node | null = null;
  right: Node | null = null;
  constructor(public key: i32, public text: string) {}
}

function insert(root: Node | null, key: i32): Node {
  if (root === null) return new Node(key, key.toString());
  if (key < root.key) root.left = insert(root.left, key);
  else root.right = insert(root.right, key);
  return root;
}

function walk(root: Node | null, hash: u64): u64 {
  if (root === null) return hash;
  hash = walk(root.left, hash);
  for (let i = 0; i < root.text.length; i++) hash = (hash ^ <u64>root.text.charCodeAt(i)) * 1099511628211;
  return walk(root.right, hash);
}

export function digest(): u64 {
  let root: Node | null = null;
  for (let i = 0; i < 120; i++) root = insert(root, (i * 7919) % 1009);
  const counts = new Map<string, i32>();
  const list = new Array<f64>();
  for (let i = 0; i < 150; i++) {
    const word = "k" + (i % 13).toString();
    counts.set(word, (counts.has(word) ? counts.get(word) : 0) + i);
    list.push(Math.sqrt(<f64>((i * 37) % 101)));
  }
  list.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  let hash = walk(root, 1469598103934665603);
  for (let i = 0; i < list.length; i++) hash = hash * 31 + reinterpret<u64>(list[i]);
  const keys = counts.keys();
  for (let i = 0; i < keys.length; i++) hash = hash * 31 + <u64>counts.get(keys[i]);
  return hash;
}
