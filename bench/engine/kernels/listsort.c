// Merge sort of a linked list: pointers, unpredictable branches.
struct node {
    struct node* next;
    unsigned key;
};
static struct node nodes[256];
static struct node* merge(struct node* a, struct node* b) {
    struct node head, *tail = &head;
    while (a && b) {
        struct node** least = a->key <= b->key ? &a : &b;
        tail->next = *least;
        tail = *least;
        *least = (*least)->next;
    }
    tail->next = a ? a : b;
    return head.next;
}
static struct node* sort(struct node* list) {
    if (!list || !list->next) return list;
    struct node *slow = list, *fast = list->next;
    while (fast && fast->next) slow = slow->next, fast = fast->next->next;
    struct node* half = slow->next;
    slow->next = 0;
    return merge(sort(list), sort(half));
}
unsigned run(unsigned seed) {
    for (unsigned i = 0; i < 256; i++) {
        nodes[i].key = seed = seed * 1664525u + 1013904223u;
        nodes[i].next = i + 1 < 256 ? &nodes[i + 1] : 0;
    }
    unsigned hash = 0;
    for (struct node* n = sort(nodes); n; n = n->next) hash = hash * 33 + n->key;
    return hash;
}
