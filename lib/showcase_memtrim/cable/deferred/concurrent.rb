# frozen_string_literal: true

require "concurrent/map"
require "concurrent/timer_task"
require "concurrent/executor/thread_pool_executor"

# Action Cable needs a pool of threads and a timer: the rest (1 to 3 MB) is loaded for whoever asks for more.
module Concurrent
  class << self
    def const_missing(name)
      load_all
      const_get(name)
    end

    def respond_to_missing?(...)
      false
    end

    def method_missing(name, ...)
      load_all
      public_send(name, ...)
    end

    private

    def load_all
      singleton_class.send(:remove_method, :const_missing, :method_missing, :load_all)
      require ShowcaseMemtrim::Cable::Deferred.path("concurrent")
    end
  end
end
