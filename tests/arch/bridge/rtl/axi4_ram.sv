// A memory with an AXI4 subordinate: one write and one read at a time, all kinds of bursts. BYTES of it begin at BASE;
// the ERROR_BYTES after them answer with SLVERR, all else with DECERR. It has no LOCK, CACHE, PROT, QOS and REGION.
//   EAGER 1: READY is high before VALID.  EAGER 0: READY follows VALID in the same cycle.
//   STALL: a channel is held back in about STALL of 16 cycles.
module axi4_ram #(
  parameter int DATA_BITS                   = 64,
  parameter int ADDRESS_BITS                = 32,
  parameter int ID_BITS                     = 4,
  parameter int BYTES                       = 65536,
  parameter int ERROR_BYTES                 = 16384,
  parameter bit [ADDRESS_BITS-1:0] BASE     = 32'h1000_0000,
  parameter bit EAGER                       = 1'b1,
  parameter int STALL                       = 0
) (
  input  logic                    aclk,
  input  logic                    aresetn,

  input  logic [ID_BITS-1:0]      s_axi_awid,
  input  logic [ADDRESS_BITS-1:0] s_axi_awaddr,
  input  logic [7:0]              s_axi_awlen,
  input  logic [2:0]              s_axi_awsize,
  input  logic [1:0]              s_axi_awburst,
  input  logic                    s_axi_awvalid,
  output logic                    s_axi_awready,
  input  logic [DATA_BITS-1:0]    s_axi_wdata,
  input  logic [DATA_BITS/8-1:0]  s_axi_wstrb,
  input  logic                    s_axi_wlast,
  input  logic                    s_axi_wvalid,
  output logic                    s_axi_wready,
  output logic [ID_BITS-1:0]      s_axi_bid,
  output logic [1:0]              s_axi_bresp,
  output logic                    s_axi_bvalid,
  input  logic                    s_axi_bready,
  input  logic [ID_BITS-1:0]      s_axi_arid,
  input  logic [ADDRESS_BITS-1:0] s_axi_araddr,
  input  logic [7:0]              s_axi_arlen,
  input  logic [2:0]              s_axi_arsize,
  input  logic [1:0]              s_axi_arburst,
  input  logic                    s_axi_arvalid,
  output logic                    s_axi_arready,
  output logic [ID_BITS-1:0]      s_axi_rid,
  output logic [DATA_BITS-1:0]    s_axi_rdata,
  output logic [1:0]              s_axi_rresp,
  output logic                    s_axi_rlast,
  output logic                    s_axi_rvalid,
  input  logic                    s_axi_rready
);
  localparam int LANES = DATA_BITS / 8;
  localparam int LANE_BITS = $clog2(LANES);

  logic [DATA_BITS-1:0] words[BYTES/LANES];

  // The address of the beat after this one.
  function automatic logic [ADDRESS_BITS-1:0] after(input logic [ADDRESS_BITS-1:0] address, input logic [7:0] len,
                                                    input logic [2:0] size, input logic [1:0] burst);
    logic [ADDRESS_BITS-1:0] one, all, next;
    one  = ADDRESS_BITS'(1) << size;
    all  = (ADDRESS_BITS'(len) + 1) << size;
    next = (address & ~(one - 1)) + one;
    case (burst)
      2'b00:   return address;
      2'b10:   return (next & (all - 1)) == 0 ? next - all : next;
      default: return next;
    endcase
  endfunction

  function automatic logic [1:0] response(input logic [ADDRESS_BITS-1:0] address);
    if (address < ADDRESS_BITS'(BYTES)) return 2'b00;
    return address < ADDRESS_BITS'(BYTES + ERROR_BYTES) ? 2'b10 : 2'b11;
  endfunction

  // A 16-bit Fibonacci shift register with x^16 + x^14 + x^13 + x^11 + 1, of maximal length.
  logic [15:0] noise;
  always_ff @(posedge aclk) begin
    noise <= !aresetn ? 16'hace1 : {noise[14:0], noise[15] ^ noise[13] ^ noise[12] ^ noise[10]};
  end
  wire hold_aw = int'(noise[3:0]) < STALL;
  wire hold_w  = int'(noise[7:4]) < STALL;
  wire hold_b  = int'(noise[11:8]) < STALL;
  wire hold_ar = int'(noise[15:12]) < STALL;
  wire hold_r  = int'({noise[0], noise[4], noise[8], noise[12]}) < STALL;

  typedef enum logic [1:0] {W_IDLE, W_DATA, W_RESPONSE} write_state_t;
  write_state_t            write_state;
  logic [ADDRESS_BITS-1:0] write_address;
  logic [7:0]              write_len;
  logic [2:0]              write_size;
  logic [1:0]              write_burst, write_worst;
  logic [1:0]              write_response;
  assign s_axi_awready  = aresetn && write_state == W_IDLE && !hold_aw && (EAGER || s_axi_awvalid);
  assign s_axi_wready   = aresetn && write_state == W_DATA && !hold_w && (EAGER || s_axi_wvalid);
  assign write_response = response(write_address);

  always_ff @(posedge aclk) begin
    if (!aresetn) begin
      write_state  <= W_IDLE;
      s_axi_bvalid <= 1'b0;
    end else begin
      case (write_state)
        W_IDLE: if (s_axi_awvalid && s_axi_awready) begin
          write_state   <= W_DATA;
          write_address <= s_axi_awaddr - BASE;
          write_len     <= s_axi_awlen;
          write_size    <= s_axi_awsize;
          write_burst   <= s_axi_awburst;
          write_worst   <= 2'b00;
          s_axi_bid     <= s_axi_awid;
        end
        W_DATA: if (s_axi_wvalid && s_axi_wready) begin
          if (write_response == 2'b00) begin
            for (int lane = 0; lane < LANES; ++lane) begin
              if (s_axi_wstrb[lane]) begin
                words[write_address[$clog2(BYTES)-1:LANE_BITS]][8*lane +: 8] <= s_axi_wdata[8*lane +: 8];
              end
            end
          end
          if (write_response > write_worst) write_worst <= write_response;
          write_address <= after(write_address, write_len, write_size, write_burst);
          if (s_axi_wlast) write_state <= W_RESPONSE;
        end
        default: begin
          if (!s_axi_bvalid) begin
            s_axi_bvalid <= !hold_b;
            s_axi_bresp  <= write_worst;
          end else if (s_axi_bready) begin
            s_axi_bvalid <= 1'b0;
            write_state  <= W_IDLE;
          end
        end
      endcase
    end
  end

  logic                    reading;
  logic [ADDRESS_BITS-1:0] read_address;
  logic [7:0]              read_len, read_left;
  logic [2:0]              read_size;
  logic [1:0]              read_burst;
  assign s_axi_arready = aresetn && !reading && !hold_ar && (EAGER || s_axi_arvalid);

  always_ff @(posedge aclk) begin
    if (!aresetn) begin
      reading      <= 1'b0;
      s_axi_rvalid <= 1'b0;
    end else begin
      if (s_axi_arvalid && s_axi_arready) begin
        reading      <= 1'b1;
        read_address <= s_axi_araddr - BASE;
        read_len     <= s_axi_arlen;
        read_left    <= s_axi_arlen;
        read_size    <= s_axi_arsize;
        read_burst   <= s_axi_arburst;
        s_axi_rid    <= s_axi_arid;
        s_axi_rlast  <= 1'b0;
      end
      if (s_axi_rvalid && s_axi_rready && s_axi_rlast) begin
        s_axi_rvalid <= 1'b0;
        reading      <= 1'b0;
      end else if (reading && (!s_axi_rvalid || s_axi_rready)) begin
        s_axi_rvalid <= !hold_r;
        if (!hold_r) begin
          s_axi_rdata  <= words[read_address[$clog2(BYTES)-1:LANE_BITS]];
          s_axi_rresp  <= response(read_address);
          s_axi_rlast  <= read_left == 0;
          read_left    <= read_left - 1;
          read_address <= after(read_address, read_len, read_size, read_burst);
        end
      end
    end
  end
endmodule
