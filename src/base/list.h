// An intrusive doubly linked list: linking never allocates, and a node leaves by itself when it dies.
//
//   struct Dirty;                                   // a tag: one per list that an object can be on
//   class Connection : public ListNode<Dirty> {};
//   List<Connection, Dirty> dirty;
#pragma once
#include <cassert>

namespace qp {

template <typename T, typename Tag>
class List;

template <typename Tag>
class ListNode {
 public:
  ListNode() = default;
  ListNode(const ListNode&) = delete;
  ListNode& operator=(const ListNode&) = delete;
  ~ListNode() { unlink(); }

  bool is_linked() const { return next_ != this; }
  void unlink() {
    previous_->next_ = next_;
    next_->previous_ = previous_;
    previous_ = next_ = this;
  }

 private:
  template <typename T, typename OtherTag>
  friend class List;

  void insert_before(ListNode& other) {
    assert(!is_linked());
    previous_ = other.previous_;
    next_ = &other;
    previous_->next_ = this;
    other.previous_ = this;
  }

  ListNode* previous_ = this;
  ListNode* next_ = this;
};

template <typename T, typename Tag>
class List {
 public:
  bool empty() const { return !head_.is_linked(); }
  void push_back(T& item) { node(item).insert_before(head_); }
  void push_front(T& item) { node(item).insert_before(*head_.next_); }
  void remove(T& item) { node(item).unlink(); }
  bool holds(const T& item) const { return static_cast<const ListNode<Tag>&>(item).is_linked(); }

  T* front() const { return empty() ? nullptr : owner(head_.next_); }
  T* back() const { return empty() ? nullptr : owner(head_.previous_); }
  // The one behind it; null: it is the last.
  T* next(const T& item) const {
    ListNode<Tag>* const next = static_cast<const ListNode<Tag>&>(item).next_;
    return next == &head_ ? nullptr : owner(next);
  }
  T* pop_front() {
    T* item = front();
    if (item != nullptr) node(*item).unlink();
    return item;
  }

  // Takes out those that are in it now, and visits them. What comes in meanwhile is for the next time; a
  // visitor may also destroy what is still to be visited.
  template <typename Visitor>
  void take_each(Visitor visit) {
    List round;
    while (T* item = pop_front())
      round.push_back(*item);
    while (T* item = round.pop_front())
      visit(*item);
  }

  // Visits every item; the visitor may unlink the one it is given, and no other.
  template <typename Visitor>
  void for_each(Visitor visit) const {
    for (ListNode<Tag>* at = head_.next_; at != &head_;) {
      ListNode<Tag>* next = at->next_;
      visit(*owner(at));
      at = next;
    }
  }

 private:
  static ListNode<Tag>& node(T& item) { return item; }
  static T* owner(ListNode<Tag>* node) { return static_cast<T*>(node); }

  mutable ListNode<Tag> head_;
};

}  // namespace qp
