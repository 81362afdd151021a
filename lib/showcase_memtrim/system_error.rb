# frozen_string_literal: true

module ShowcaseMemtrim
  # What the system says of a call that failed, without Ruby's own "@ rb_sysopen - /path".
  module SystemError
    # @param error [SystemCallError]
    # @return [String] "no such file or directory"
    def self.words(error)
      error.message[/\A[^-@(]+/].strip.downcase
    end
  end
end
